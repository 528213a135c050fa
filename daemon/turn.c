#include "daemon/turn.h"

#include "daemon/system.h"

#include <string.h>

enum grid_status loop_node_options(struct grid_options *out, char database[static HOME_PATH_BYTES],
        const struct home *home, const struct config *config, struct grid_error *error)
{
    enum grid_status status = home_path(database, home, "grid.db", error);
    if (status != GRID_OK)
        return status;
    *out = (struct grid_options){
            .database = database,
            .role = config->role,
            .unit = config->unit,
            .name = config->name,
            .operator_key = config->operator_key[0] != '\0' ? config->operator_key : NULL,
            .has_parent = config->has_parent,
            .keyring = home->keys.keyring,
            .random = system_random,
    };
    memcpy(out->parent, config->parent_key, sizeof(out->parent));
    return GRID_OK;
}

void loop_feed(struct loop *loop)
{
    loop->fed = true;
}
