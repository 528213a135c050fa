#include "libgrid/case/fold.h"
