/* together.c - an append with what is stored with it, and a chain of appends: in a
 * savepoint, all or none. */
#include "sqlite/store/together.h"

#include "sqlite/store/append.h"
#include "sqlite/store/checkpoints.h"
#include "sqlite/store/saga_write.h"

/* The appends that are stored together with this one, from it on, end before this index:
 * those that are tied to it follow it. */
static size_t end_of_chain(const struct jangle_group *group, size_t first)
{
    size_t end = first + 1;

    while (end < group->append_count && group->appends[end].tied)
        end++;
    return end;
}

static bool has_attachments(const struct jangle_group *group,
                            const struct jangle_append *append)
{
    for (size_t at = 0; at < group->saga_count; at++)
        if (group->sagas[at].with == append)
            return true;
    for (size_t at = 0; at < group->step_count; at++)
        if (group->steps[at].with == append)
            return true;
    return false;
}

/* The attachments of an append have the outcome of the append. */
static void settle_attachments(const struct jangle_group *group,
                               const struct jangle_append *append,
                               const struct jangle_error *error)
{
    for (size_t at = 0; at < group->saga_count; at++)
        if (group->sagas[at].with == append)
            group->sagas[at].error = *error;
    for (size_t at = 0; at < group->step_count; at++)
        if (group->steps[at].with == append)
            group->steps[at].error = *error;
}

/* The appends from `first` up to `end` have one outcome, and so have their attachments.
 */
static void settle_chain(const struct jangle_group *group,
                         size_t first,
                         size_t end,
                         const struct jangle_error *error)
{
    for (size_t at = first; at < end; at++) {
        group->appends[at].error = *error;
        settle_attachments(group, &group->appends[at], error);
    }
}

void jn_chain_settle(const struct jangle_group *group,
                     size_t first,
                     const struct jangle_error *error)
{
    settle_chain(group, first, end_of_chain(group, first), error);
}

/* ---- an append with its attachments --------------------------------------------- */

static enum jangle_result
write_attachments(struct jn_run *run, size_t index, struct jangle_error *error)
{
    const struct jangle_group *group = run->group;
    const struct jangle_append *append = &group->appends[index];
    const struct jangle_receipt *receipt = &run->outcomes[index].receipt;
    enum jangle_result result = JANGLE_OK;

    for (size_t at = 0; !result && at < group->saga_count; at++)
        if (group->sagas[at].with == append)
            result = jn_saga_write(run, &group->sagas[at], receipt, error);
    for (size_t at = 0; !result && at < group->step_count; at++)
        if (group->steps[at].with == append)
            result = jn_step_write(run, &group->steps[at], receipt, error);
    return result;
}

static enum jangle_result begin_savepoint(struct jn_run *run, struct jangle_error *error)
{
    return jn_database_do(&run->file->writer, "SAVEPOINT member", error);
}

static enum jangle_result
write_with_attachments(struct jn_run *run, size_t index, struct jangle_error *error)
{
    enum jangle_result result;

    run->has_attachments = has_attachments(run->group, &run->group->appends[index]);
    result = jn_append_write(run, index, error);
    return result ? result : write_attachments(run, index, error);
}

/* End the savepoint. If that fails the transaction is broken, and `error` says why. */
static void end_member_savepoint(struct jn_run *run,
                                 const char *statement,
                                 struct jangle_error *error)
{
    struct jangle_error problem = {0};

    if (run->broken || !jn_database_do(&run->file->writer, statement, &problem))
        return;
    run->broken = true;
    *error = problem;
}

/* End the savepoint: what was written in it stays if `result` is OK. */
static void end_savepoint(struct jn_run *run,
                          enum jangle_result result,
                          int64_t head,
                          struct jangle_error *error)
{
    run->broken = run->broken || !jangle_result_is(result, JANGLE_RESULT_PART);
    if (result) {
        run->head = head;
        end_member_savepoint(run, "ROLLBACK TO member", error);
    }
    end_member_savepoint(run, "RELEASE member", error);
}

/* An append and its attachments are stored together, or none of them is. But a repeated
 * append stays stored, whatever becomes of the attachments. */
static void write_together(struct jn_run *run, size_t index)
{
    struct jangle_append *append = &run->group->appends[index];
    struct jangle_error error = {0};
    int64_t head = run->head;
    enum jangle_result result = begin_savepoint(run, &error);

    if (!result)
        result = write_with_attachments(run, index, &error);
    end_savepoint(run, result, head, &error);
    settle_attachments(run->group, append, &error);
    if (run->broken || !run->outcomes[index].repeated)
        append->error = error;
}

/* ---- an append with a saga alone -------------------------------------------------- */

/* NULL unless this record is all that is stored with the append. */
static struct jangle_saga_record *only_saga(const struct jangle_group *group,
                                            const struct jangle_append *append)
{
    struct jangle_saga_record *only = NULL;

    for (size_t at = 0; at < group->saga_count; at++) {
        if (group->sagas[at].with == append && only)
            return NULL;
        if (group->sagas[at].with == append)
            only = &group->sagas[at];
    }
    for (size_t at = 0; only && at < group->step_count; at++)
        if (group->steps[at].with == append)
            return NULL;
    return only;
}

/* The saga is looked at before the append is written, and neither of the two is refused
 * after it has written anything. So they need no savepoint, in which SQLite keeps a copy
 * of each page that is written, and the append may go the short way (advance.h). False:
 * the saga is refused and nothing is written, so that the savepoint tells what becomes of
 * the append. */
static bool write_with_saga(struct jn_run *run, size_t index)
{
    struct jangle_append *append = &run->group->appends[index];
    struct jangle_saga_record *saga = only_saga(run->group, append);
    struct jn_stored_saga stored;
    struct jangle_error error = {0};

    if (!saga || jn_saga_look(run, saga, &stored, &error))
        return false;
    run->has_attachments = false;
    if (!jn_append_write(run, index, &error))
        (void)jn_saga_put(run, saga, &stored, &run->outcomes[index].receipt, &error);
    append->error = saga->error = error;
    return true;
}

/* ---- a chain ------------------------------------------------------------------- */

/* One append of a chain, whose refusal refuses all of them. Another try of the chain, or
 * of its commands one by one, may end in another way, so that each refusal is CONFLICT.
 */
static enum jangle_result
write_link(struct jn_run *run, size_t index, struct jangle_error *error)
{
    enum jangle_result result = write_with_attachments(run, index, error);

    if (!result && run->outcomes[index].repeated)
        return jn_fail(error, JANGLE_CONFLICT,
                       "%s: the appends that are tied to it are not stored, because a "
                       "command with the id %s is stored already",
                       run->file->path,
                       JN_SHOWN(60, run->group->appends[index].command_id));
    if (result == JANGLE_INVALID)
        error->result = JANGLE_CONFLICT;
    return error->result;
}

/* Appends that are tied are stored together, or none of them is. Their conditions are
 * looked at one by one, each after the one before it was written, because it changes what
 * the next one finds. */
static void write_chain(struct jn_run *run, size_t first, size_t end)
{
    struct jangle_error error = {0};
    int64_t head = run->head;
    enum jangle_result result = begin_savepoint(run, &error);

    for (size_t at = first; !result && at < end; at++)
        result = write_link(run, at, &error);
    end_savepoint(run, result, head, &error);
    settle_chain(run->group, first, end, &error);
}

void jn_append_run(struct jn_run *run, size_t index)
{
    struct jangle_append *append = &run->group->appends[index];
    size_t end = end_of_chain(run->group, index);

    if (end > index + 1) {
        write_chain(run, index, end);
    } else if (!has_attachments(run->group, append)) {
        run->has_attachments = false;
        (void)jn_append_write(run, index, &append->error);
    } else if (!write_with_saga(run, index)) {
        write_together(run, index);
    }
}
