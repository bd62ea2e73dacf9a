/* commit.c - a group becomes one transaction; if it cannot, each member its own.
 *
 * A member is an append with all that is stored `with` it, or a part that stands alone.
 * It looks before it writes, so a conflict leaves nothing behind. After any other failure
 * nothing of the transaction is trusted: a full disk, say, rolls back all of it from
 * inside a savepoint. Then it is undone, and the members run one by one. */
#include "sqlite/store/commit.h"

#include "sqlite/file/transaction.h"
#include "sqlite/file/writer_lock.h"
#include "sqlite/store/append.h"
#include "sqlite/store/checkpoints.h"
#include "sqlite/store/lookup.h"
#include "sqlite/store/sagas.h"

/* ---- the parts of a group, counted through ----------------------------------- */

struct part {
    const struct jangle_append *with; /* NULL: it is a member by itself */
    struct jangle_error *error;
};

static size_t part_count(const struct jangle_group *group)
{
    return group->append_count + group->saga_count + group->checkpoint_count +
           group->step_count;
}

static struct part part_of(const struct jangle_group *group, size_t index)
{
    if (index < group->append_count)
        return (struct part){NULL, &group->appends[index].error};
    index -= group->append_count;
    if (index < group->saga_count)
        return (struct part){group->sagas[index].with, &group->sagas[index].error};
    index -= group->saga_count;
    if (index < group->checkpoint_count)
        return (struct part){NULL, &group->checkpoints[index].error};
    index -= group->checkpoint_count;
    return (struct part){group->steps[index].with, &group->steps[index].error};
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

/* What a member comes to whose transaction failed. */
static void settle_member(const struct jangle_group *group,
                          size_t index,
                          const struct jangle_error *error)
{
    *part_of(group, index).error = *error;
    if (index < group->append_count)
        settle_attachments(group, &group->appends[index], error);
}

/* ---- one member -------------------------------------------------------------- */

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

static enum jangle_result
write_in_savepoint(struct jn_run *run, size_t index, struct jangle_error *error)
{
    enum jangle_result result =
        jn_database_do(&run->file->writer, "SAVEPOINT member", error);

    if (!result)
        result = jn_append_write(run, index, error);
    return result ? result : write_attachments(run, index, error);
}

/* If that fails, so does the transaction, and this is why. */
static void
end_savepoint(struct jn_run *run, const char *statement, struct jangle_error *error)
{
    struct jangle_error problem = {0};

    if (run->broken || !jn_database_do(&run->file->writer, statement, &problem))
        return;
    run->broken = true;
    *error = problem;
}

/* What is with an append shares its fate, and it theirs. But an append that was stored
 * before is stored, whatever becomes of them. */
static void write_together(struct jn_run *run, size_t index)
{
    struct jangle_append *append = &run->group->appends[index];
    struct jangle_error error = {0};
    int64_t head = run->head;
    enum jangle_result result = write_in_savepoint(run, index, &error);

    run->broken = run->broken || !jangle_result_is(result, JANGLE_RESULT_PART);
    if (result) {
        run->head = head;
        end_savepoint(run, "ROLLBACK TO member", &error);
    }
    end_savepoint(run, "RELEASE member", &error);
    settle_attachments(run->group, append, &error);
    if (run->broken || !run->outcomes[index].repeated)
        append->error = error;
}

static void run_append(struct jn_run *run, size_t index)
{
    struct jangle_append *append = &run->group->appends[index];

    if (has_attachments(run->group, append))
        write_together(run, index);
    else
        (void)jn_append_write(run, index, &append->error);
}

/* Returns what became of it. A part that is with an append has run with it, or will. */
static const struct jangle_error *run_member(struct jn_run *run, size_t index)
{
    const struct jangle_group *group = run->group;
    struct part part = part_of(group, index);

    JN_FAILPOINT("commit.member");
    if (part.with)
        return part.error;
    *part.error = (struct jangle_error){0};
    if (index < group->append_count)
        run_append(run, index);
    else if ((index -= group->append_count) < group->saga_count)
        (void)jn_saga_write(run, &group->sagas[index], NULL, part.error);
    else if ((index -= group->saga_count) < group->checkpoint_count)
        (void)jn_group_write_checkpoint(run, &group->checkpoints[index], part.error);
    else
        (void)jn_step_write(run, &group->steps[index - group->checkpoint_count], NULL,
                            part.error);
    run->broken =
        run->broken || !jangle_result_is(part.error->result, JANGLE_RESULT_PART);
    return part.error;
}

/* ---- a transaction ----------------------------------------------------------- */

static enum jn_mode mode_of(const struct jangle_group *group)
{
    bool only_checkpoints =
        !group->append_count && !group->saga_count && !group->step_count;

    return only_checkpoints ? JN_MODE_NORMAL : JN_MODE_FULL;
}

static enum jangle_result begin(struct jn_run *run, struct jangle_error *error)
{
    enum jangle_result result;

    JN_FAILPOINT("commit.begin");
    result = jn_file_begin(run->file, mode_of(run->group), error);
    run->types_made = false;
    run->broken = false;
    if (result)
        return result;
    result = jn_head_find(run->file, &run->file->writer, &run->head, error);
    if (!result && (run->head < 0 || run->head > JN_NUMBER_MAX))
        result = jn_fail(error, JANGLE_STORAGE, "%s: is damaged: its last event is %lld",
                         run->file->path, (long long)run->head);
    if (result)
        jn_file_roll_back(run->file);
    return result;
}

/* The members from `first` on, so many of them, in one transaction. */
static enum jangle_result
run_members(struct jn_run *run, size_t first, size_t count, struct jangle_error *error)
{
    const struct jangle_error *last = NULL;
    enum jangle_result result = begin(run, error);

    if (result)
        return result;
    for (size_t at = first; !run->broken && at < first + count; at++)
        last = run_member(run, at);
    JN_FAILPOINT("commit.written");
    if (!run->broken)
        return jn_file_commit(run->file, error);
    jn_file_roll_back(run->file);
    return jn_fail(error, last->result, "%s", last->message);
}

/* If nothing at all was stored, that is what became of the group: the first failure, but
 * rather one of the store's than a part that can never be stored. */
static enum jangle_result run_one_by_one(struct jn_run *run, struct jangle_error *error)
{
    const struct jangle_group *group = run->group;
    struct jangle_error failed = {0};
    bool any = false;

    for (size_t at = 0; at < part_count(group); at++) {
        struct jangle_error problem = {0};
        enum jangle_result result;

        if (part_of(group, at).with)
            continue;
        result = run_members(run, at, 1, &problem);
        if (result == JANGLE_UNKNOWN)
            return jn_fail(error, result, "%s", problem.message);
        any = any || !result;
        if (result)
            settle_member(group, at, &problem);
        if (result && (!failed.result || failed.result == JANGLE_INVALID))
            failed = problem;
    }
    if (any || failed.result == JANGLE_INVALID)
        return JANGLE_OK; /* each part has its own */
    return jn_fail(error, failed.result, "%s", failed.message);
}

static enum jangle_result run_group(struct jn_run *run, struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result = run_members(run, 0, part_count(run->group), &why);

    if (!result)
        return JANGLE_OK;
    if (result == JANGLE_UNKNOWN || result == JANGLE_BUSY)
        return jn_fail(error, result, "%s", why.message);
    return run_one_by_one(run, error);
}

/* ---- the group --------------------------------------------------------------- */

/* Now that it is stored, those who asked may see where. */
static void publish(struct jn_run *run)
{
    for (size_t at = 0; at < run->group->append_count; at++) {
        struct jangle_append *append = &run->group->appends[at];
        const struct jn_outcome *outcome = &run->outcomes[at];

        if (append->error.result)
            continue;
        append->repeated = outcome->repeated;
        append->receipt = outcome->receipt;
        for (size_t record = 0; !outcome->repeated && record < append->count; record++) {
            append->records[record].position = outcome->assigned[record].position;
            append->records[record].version = outcome->assigned[record].version;
        }
    }
}

static void finish(struct jn_run *run)
{
    const struct jangle_allocator *allocator = &run->file->host->allocator;

    jn_free(allocator, run->outcomes);
    jn_free(allocator, run->assigned);
    jn_free(allocator, run->streams);
}

static bool init(struct jn_run *run, struct jn_file *file, struct jangle_group *group)
{
    const struct jangle_allocator *allocator = &file->host->allocator;
    size_t records = 0;
    size_t most = 0;

    *run = (struct jn_run){.file = file, .group = group};
    for (size_t at = 0; at < group->append_count; at++) {
        size_t count = group->appends[at].count;

        group->appends[at].repeated = false;
        records += count;
        most = count > most ? count : most;
    }
    if (records == 0 && group->append_count == 0)
        return true;
    run->outcomes = jn_new(allocator, group->append_count * sizeof *run->outcomes);
    run->assigned = jn_new(allocator, (records + 1) * sizeof *run->assigned);
    run->streams = jn_new(allocator, (most + 1) * sizeof *run->streams);
    if (!run->outcomes || !run->assigned || !run->streams) {
        finish(run);
        return false;
    }
    records = 0;
    for (size_t at = 0; at < group->append_count; at++) {
        run->outcomes[at].assigned = &run->assigned[records];
        records += group->appends[at].count;
    }
    return true;
}

enum jangle_result jn_sqlite_commit(struct jangle_store *store,
                                    struct jangle_group *group,
                                    struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);
    struct jn_run run;
    enum jangle_result result;

    if (!init(&run, file, group))
        return jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory", file->path);
    result = jn_file_take_writer_lock(file, error);
    if (!result) {
        result = run_group(&run, error);
        jn_file_release_writer_lock(file);
    }
    if (!result)
        publish(&run);
    finish(&run);
    return result;
}
