/* state_name.c - the name of a subscriber's state, and how long it takes. */
#include "admin/state_name.h"
#include "admin/bytes.h"

const char *jn_state_name(enum jangle_subscriber_state state)
{
    static const char *const names[] = {
#define NAME(name, text) [JANGLE_SUBSCRIBER_##name] = #name,
        JANGLE_SUBSCRIBER_STATES(NAME)
#undef NAME
    };

    return (size_t)state < sizeof names / sizeof *names ? names[state] : NULL;
}

void jn_state_put_age(struct jn_bytes *out, int64_t ms)
{
    static const struct unit {
        int64_t ms; /* from twice of it on it is used */
        const char *name;
    } units[] = {
        {86400000, "days"}, {3600000, "h"}, {60000, "min"}, {1000, "s"}, {1, "ms"}};
    size_t i = 0;

    while (ms < 2 * units[i].ms && units[i].ms > 1)
        i++;
    jn_bytes_thousands(out, ms / units[i].ms);
    jn_bytes_format(out, " %s", units[i].name);
}
