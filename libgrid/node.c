#include "libgrid/grid.h"
