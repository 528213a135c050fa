#include "proto/body.h"
