/* wait.c - jangle_look_wait and jangle_look_command: is there something new, and what
 * became of a command. */
#include "look/look.h"

#include "core/call.h"
#include "core/instance.h"

enum { POLL_MS = 50 };

static int64_t poll_ms(const struct jangle_look *look)
{
    return look->jangle ? look->jangle->config.head_interval_ms : POLL_MS;
}

static enum jangle_result check(const struct jangle_look *look,
                                struct jangle_error *error)
{
    enum jangle_result result = jn_look_check(look, error);

    return result || !look->jangle ? result : jn_check_open(look->jangle, error);
}

static int64_t least(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

static enum jangle_result wait_for_event(struct jangle_look *look,
                                         int64_t position,
                                         int64_t timeout_ms,
                                         struct jangle_error *error)
{
    int64_t until_us = timeout_ms < 0 ? INT64_MAX : jn_monotonic_after_ms(timeout_ms);
    int64_t head = 0;

    for (;;) {
        enum jangle_result result = check(look, error);

        if (!result)
            result = look->store->ops->head(look->store, &head, error);
        if (result || head > position)
            return result;
        if (jn_monotonic_us() >= until_us)
            return jn_fail(error, JANGLE_TIMEOUT,
                           "there is no event after %lld within %lld ms",
                           (long long)position, (long long)timeout_ms);
        jn_pause_until(least(jn_monotonic_after_ms(poll_ms(look)), until_us));
    }
}

enum jangle_result jangle_look_wait(struct jangle_look *look,
                                    int64_t position,
                                    int64_t timeout_ms,
                                    struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result = wait_for_event(look, position, timeout_ms, &why);

    return jn_call_end(look ? look->jangle : NULL, "jangle_look_wait", result, &why,
                       error);
}

/* ---- a command --------------------------------------------------------------- */

static enum jangle_result find_command(struct jangle_look *look,
                                       const char *command_id,
                                       struct jangle_outcome *outcome)
{
    struct jangle_receipt receipt = {0};
    size_t size = command_id ? strlen(command_id) : 0;
    enum jangle_result result = jn_look_check(look, &outcome->error);

    if (result)
        return result;
    if (!size || size >= sizeof outcome->command_id)
        return jn_fail(&outcome->error, JANGLE_INVALID, "a command id has 1 to %zu bytes",
                       sizeof outcome->command_id - 1);
    memcpy(outcome->command_id, command_id, size + 1);
    result = look->store->ops->find_command(look->store, command_id, &receipt,
                                            &outcome->error);
    if (result)
        return result;
    outcome->position = receipt.position;
    outcome->version = receipt.version;
    outcome->repeated = true;
    memcpy(outcome->reply, receipt.reply, sizeof outcome->reply);
    return JANGLE_OK;
}

enum jangle_result jangle_look_command(struct jangle_look *look,
                                       const char *command_id,
                                       struct jangle_outcome *outcome)
{
    struct jangle_outcome found = {0}; /* the id may be that of the old outcome */
    enum jangle_result result = find_command(look, command_id, &found);

    jn_call_end(look ? look->jangle : NULL, "jangle_look_command", result, &found.error,
                NULL);
    *outcome = found;
    return result;
}
