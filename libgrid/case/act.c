#include "libgrid/case/act.h"
