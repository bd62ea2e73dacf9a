/* loyalty.c - all parts put together, on one file. */
#include "loyalty.h"

/* Who only asks wants the answer, and no line of the log. */
static const struct jangle_log_level no_lines[] = {
    {JANGLE_LOG_OPENED, JANGLE_LEVEL_OFF},
    {JANGLE_LOG_SUBSCRIBER_ELSEWHERE, JANGLE_LEVEL_OFF},
};

struct jangle *loyalty_open(const char *path,
                            int workers,
                            struct jangle_broker broker,
                            struct jangle_error *error)
{
    struct jangle_config config = {
        .aggregates = JANGLE_AGGREGATES(&member_aggregate),
        .subscribers = JANGLE_SUBSCRIBERS(&points_view, &bonus_payer),
        .publishers = JANGLE_PUBLISHERS(&to_bank),
        .consumers = JANGLE_CONSUMERS(&from_bank),
        .storage = jangle_sqlite(path),
        .broker = broker,
        .source = "loyalty",
        .workers = workers,
    };

    return jangle_config_from_env(&config, error) ? NULL : jangle_open(&config, error);
}

struct jangle *loyalty_open_to_ask(const char *path, struct jangle_error *error)
{
    struct jangle_config config = {
        .subscribers = JANGLE_SUBSCRIBERS(&points_view),
        .storage = jangle_sqlite(path),
        .follower = true,
        .log_levels = JANGLE_ARRAY(no_lines),
    };

    return jangle_open(&config, error);
}
