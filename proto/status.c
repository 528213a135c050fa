#include "proto/status.h"
