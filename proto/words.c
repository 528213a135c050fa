#include "proto/words.h"
