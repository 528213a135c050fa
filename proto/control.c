#include "proto/control.h"
