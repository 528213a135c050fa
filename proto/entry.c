#include "proto/entry.h"
