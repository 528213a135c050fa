#include "proto/crypto.h"
