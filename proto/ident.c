#include "proto/ident.h"
