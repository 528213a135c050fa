#include "proto/keyring.h"
