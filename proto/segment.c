#include "proto/segment.h"
