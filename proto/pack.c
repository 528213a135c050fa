#include "proto/pack.h"
