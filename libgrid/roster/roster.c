#include "libgrid/roster/roster.h"
