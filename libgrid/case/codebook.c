#include "libgrid/case/codebook.h"
