#include "proto/stamp.h"
