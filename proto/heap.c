#include "proto/heap.h"
