/* What libgrid.so shows: everything else is hidden. */
#ifndef GRID_PROTO_API_H
#define GRID_PROTO_API_H

#define GRID_API __attribute__((visibility("default")))

#endif
