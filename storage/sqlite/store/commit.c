/* commit.c - a group becomes one transaction; if it cannot, each member its own.
 *
 * A member is an append with all that is stored `with` it, or a part that stands alone.
 * It looks before it writes, so a conflict leaves nothing behind. After any other failure
 * nothing of the transaction is trusted: a full disk, say, rolls back all of it from
 * inside a savepoint. Then it is undone, and the members run one by one. */
#include "sqlite/store/sqlite_store.h"

/* ---- one member -------------------------------------------------------------- */

static bool has_company(const struct jangle_group *group,
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

static enum jangle_result
write_company(struct jn_run *run, size_t index, struct jangle_error *error)
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
            result = jn_step_write(run, &group->steps[at], error);
    return result;
}

static void settle_company(struct jn_run *run, size_t index, enum jangle_result result)
{
    const struct jangle_append *append = &run->group->appends[index];

    for (size_t at = 0; at < run->group->saga_count; at++)
        if (run->group->sagas[at].with == append)
            run->group->sagas[at].result = result;
}

/* What is with an append shares its fate, and it theirs. But an append that was stored
 * before is stored, whatever becomes of them. */
static enum jangle_result
write_together(struct jn_run *run, size_t index, struct jangle_error *error)
{
    struct jn_database *writer = &run->file->writer;
    int64_t head = run->head;
    enum jangle_result result = jn_database_do(writer, "SAVEPOINT member", error);

    if (!result)
        result = jn_append_write(run, index, error);
    if (!result)
        result = write_company(run, index, error);
    run->broken = run->broken || !jangle_result_is(result, JANGLE_RESULT_PART);
    if (!run->broken && result) {
        run->head = head;
        run->broken = jn_database_do(writer, "ROLLBACK TO member", error) != JANGLE_OK;
    }
    if (!run->broken)
        run->broken = jn_database_do(writer, "RELEASE member", error) != JANGLE_OK;
    settle_company(run, index, result);
    return run->broken || !run->outcomes[index].repeated ? result : JANGLE_OK;
}

static enum jangle_result
run_append(struct jn_run *run, size_t index, struct jangle_error *error)
{
    struct jangle_append *append = &run->group->appends[index];

    append->result = has_company(run->group, append) ? write_together(run, index, error)
                                                     : jn_append_write(run, index, error);
    return append->result;
}

static enum jangle_result
run_saga(struct jn_run *run, size_t index, struct jangle_error *error)
{
    struct jangle_saga_record *saga = &run->group->sagas[index];

    if (saga->with)
        return JANGLE_OK; /* has run, or will */
    return saga->result = jn_saga_write(run, saga, NULL, error);
}

static enum jangle_result
run_mark(struct jn_run *run, size_t index, struct jangle_error *error)
{
    struct jangle_mark *mark = &run->group->marks[index];

    return mark->result = jn_mark_write(run, mark, error);
}

static enum jangle_result
run_step(struct jn_run *run, size_t index, struct jangle_error *error)
{
    const struct jangle_delivery_step *step = &run->group->steps[index];

    return step->with ? JANGLE_OK : jn_step_write(run, step, error);
}

static size_t member_count(const struct jangle_group *group)
{
    return group->append_count + group->saga_count + group->mark_count +
           group->step_count;
}

static enum jangle_result
run_member(struct jn_run *run, size_t index, struct jangle_error *error)
{
    const struct jangle_group *group = run->group;
    enum jangle_result result;

    JN_FAILPOINT("commit.member");
    if (index < group->append_count)
        result = run_append(run, index, error);
    else if ((index -= group->append_count) < group->saga_count)
        result = run_saga(run, index, error);
    else if ((index -= group->saga_count) < group->mark_count)
        result = run_mark(run, index, error);
    else
        result = run_step(run, index - group->mark_count, error);
    run->broken = run->broken || !jangle_result_is(result, JANGLE_RESULT_PART);
    return result;
}

/* What a member comes to whose transaction failed. */
static void settle_member(struct jn_run *run, size_t index, enum jangle_result result)
{
    struct jangle_group *group = run->group;

    if (index < group->append_count) {
        group->appends[index].result = result;
        settle_company(run, index, result);
    } else if ((index -= group->append_count) < group->saga_count) {
        group->sagas[index].result = result;
    } else if ((index -= group->saga_count) < group->mark_count) {
        group->marks[index].result = result;
    }
}

/* ---- a transaction ----------------------------------------------------------- */

static enum jn_mode mode_of(const struct jangle_group *group)
{
    bool only_marks = !group->append_count && !group->saga_count && !group->step_count;

    return only_marks ? JN_MODE_NORMAL : JN_MODE_FULL;
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
    result = jn_database_number(
        &run->file->writer,
        "SELECT coalesce((SELECT max(position) FROM events), first_position - 1)"
        " FROM store",
        &run->head, error);
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
    enum jangle_result result = begin(run, error);

    if (result)
        return result;
    for (size_t at = first; !run->broken && at < first + count; at++)
        result = run_member(run, at, error);
    JN_FAILPOINT("commit.written");
    if (!run->broken)
        return jn_file_commit(run->file, error);
    jn_file_roll_back(run->file);
    return result ? result : JANGLE_STORAGE;
}

static enum jangle_result run_one_by_one(struct jn_run *run, struct jangle_error *error)
{
    struct jangle_error why = {0};
    size_t count = member_count(run->group);
    enum jangle_result failed = JANGLE_OK;
    bool any = false;

    for (size_t at = 0; at < count; at++) {
        struct jangle_error problem = {0};
        enum jangle_result result = run_members(run, at, 1, &problem);

        if (result == JANGLE_UNKNOWN)
            return jn_fail(error, result, "%s", problem.message);
        any = any || !result;
        if (result) {
            settle_member(run, at, result);
            failed = failed && failed != JANGLE_INVALID ? failed : result;
            jn_fail(&why, result, "%s", problem.message);
        }
    }
    if (any || failed == JANGLE_INVALID)
        return JANGLE_OK; /* each part has its own */
    return jn_fail(error, failed, "%s", why.message);
}

static enum jangle_result run_group(struct jn_run *run, struct jangle_error *error)
{
    struct jangle_error why = {0};
    size_t count = member_count(run->group);
    enum jangle_result result = run_members(run, 0, count, &why);

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

        if (append->result)
            continue;
        append->repeated = outcome->repeated;
        append->receipt = outcome->receipt;
        for (size_t record = 0; !outcome->repeated && record < append->count; record++) {
            append->records[record].position = outcome->placed[record].position;
            append->records[record].version = outcome->placed[record].version;
        }
    }
}

static void finish(struct jn_run *run)
{
    const struct jangle_allocator *allocator = &run->file->host->allocator;

    jn_free(allocator, run->outcomes);
    jn_free(allocator, run->placed);
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
    run->placed = jn_new(allocator, (records + 1) * sizeof *run->placed);
    run->streams = jn_new(allocator, (most + 1) * sizeof *run->streams);
    if (!run->outcomes || !run->placed || !run->streams) {
        finish(run);
        return false;
    }
    records = 0;
    for (size_t at = 0; at < group->append_count; at++) {
        run->outcomes[at].placed = &run->placed[records];
        records += group->appends[at].count;
    }
    return true;
}

/* Steps have no result of their own to say so. */
static bool steps_fit(const struct jangle_group *group)
{
    for (size_t at = 0; at < group->step_count; at++)
        if (!jn_text_fits(group->steps[at].subscriber) ||
            !jn_text_fits(group->steps[at].type))
            return false;
    return true;
}

enum jangle_result jn_sqlite_commit(struct jangle_store *store,
                                    struct jangle_group *group,
                                    struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);
    struct jn_run run;
    enum jangle_result result;

    if (!steps_fit(group))
        return jn_fail(error, JANGLE_INVALID,
                       "%s: a delivery's step has no subscriber or no type", file->path);
    if (!init(&run, file, group))
        return jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory", file->path);
    result = jn_file_take_turn(file, error);
    if (!result) {
        result = run_group(&run, error);
        jn_file_release_turn(file);
    }
    if (!result)
        publish(&run);
    finish(&run);
    return result;
}
