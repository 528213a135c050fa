#include "proto/gate.h"
