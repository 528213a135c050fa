#include "proto/bytes.h"
