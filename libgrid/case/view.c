#include "libgrid/case/view.h"
