/* matching.c - which rows of a publisher or a consumer a message goes by. */
#include "messaging/endpoint/matching.h"

#include "core/registry_endpoints.h"
#include "message/describe.h"

#include <string.h>

static bool is_of_type(const struct jn_matching *matching,
                       const struct jangle_route *route)
{
    const char *name;

    if (route->type == &jangle_any || matching->any)
        return route->type == &jangle_any && matching->any;
    name = matching->outside ? jn_route_name(route) : jn_type_name(route->type);
    return strcmp(name, matching->type) == 0;
}

/* The next row of the type; NULL if there are no more. */
static const struct jangle_route *next_of_type(struct jn_matching *matching)
{
    while (matching->next < matching->routes->count) {
        const struct jangle_route *route = &matching->routes->items[matching->next++];

        if (is_of_type(matching, route))
            return route;
    }
    if (matching->found || matching->any)
        return NULL;
    matching->any = true;
    matching->next = 0;
    return next_of_type(matching);
}

enum jangle_result jn_matching_next(struct jn_matching *matching,
                                    const struct jangle_route **route,
                                    struct jangle_error *error)
{
    bool wanted = false;

    do {
        *route = next_of_type(matching);
        if (*route && jn_filter_ask(matching->jangle, &(*route)->where,
                                    &matching->candidate, &wanted, error))
            return error->result;
    } while (*route && !wanted);
    matching->found |= wanted;
    return JANGLE_OK;
}
