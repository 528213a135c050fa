#include "proto/invite.h"
