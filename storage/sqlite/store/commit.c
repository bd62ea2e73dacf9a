/* commit.c - store a group in one transaction; if that fails, each member in its own.
 * commit.h says what a member is, and why. */
#include "sqlite/store/commit.h"

#include "sqlite/file/transaction.h"
#include "sqlite/file/writer_lock.h"
#include "sqlite/store/advance.h"
#include "sqlite/store/checkpoints.h"
#include "sqlite/store/lookup.h"
#include "sqlite/store/saga_write.h"
#include "sqlite/store/together.h"

/* ---- the members of a group -------------------------------------------------- */

/* In the order in which they run. */
enum member_kind { APPEND, SAGA, CHECKPOINT, STEP, NONE };

struct member {
    enum member_kind kind;
    size_t at; /* its index in the group's array of that kind */
};

static size_t part_count(const struct jangle_group *group, enum member_kind kind)
{
    const size_t counts[] = {
        [APPEND] = group->append_count,
        [SAGA] = group->saga_count,
        [CHECKPOINT] = group->checkpoint_count,
        [STEP] = group->step_count,
    };

    return counts[kind];
}

/* A part that names an append runs with that append, and an append that is tied with the
 * first one of its chain. */
static bool is_attached(const struct jangle_group *group, struct member part)
{
    return (part.kind == APPEND && part.at && group->appends[part.at].tied) ||
           (part.kind == SAGA && group->sagas[part.at].with) ||
           (part.kind == STEP && group->steps[part.at].with);
}

/* The first member from this part on; its kind is NONE if there is none. */
static struct member member_from(const struct jangle_group *group, struct member part)
{
    while (part.kind != NONE) {
        if (part.at == part_count(group, part.kind))
            part = (struct member){(enum member_kind)(part.kind + 1), 0};
        else if (is_attached(group, part))
            part.at++;
        else
            break;
    }
    return part;
}

static struct member first_member(const struct jangle_group *group)
{
    return member_from(group, (struct member){APPEND, 0});
}

static struct member next_member(const struct jangle_group *group, struct member member)
{
    member.at++;
    return member_from(group, member);
}

static struct jangle_error *error_of(const struct jangle_group *group,
                                     struct member member)
{
    switch (member.kind) {
    case APPEND:
        return &group->appends[member.at].error;
    case SAGA:
        return &group->sagas[member.at].error;
    case CHECKPOINT:
        return &group->checkpoints[member.at].error;
    default:
        return &group->steps[member.at].error;
    }
}

/* The outcome of a member whose transaction failed. */
static void fail_member(const struct jangle_group *group,
                        struct member member,
                        const struct jangle_error *error)
{
    if (member.kind == APPEND)
        jn_chain_settle(group, member.at, error);
    else
        *error_of(group, member) = *error;
}

/* ---- one member -------------------------------------------------------------- */

/* Returns the error of the member, which says what became of it. */
static const struct jangle_error *run_member(struct jn_run *run, struct member member)
{
    const struct jangle_group *group = run->group;
    struct jangle_error *error = error_of(group, member);

    JN_FAILPOINT("commit.member");
    *error = (struct jangle_error){0};
    switch (member.kind) {
    case APPEND:
        jn_append_run(run, member.at);
        break;
    case SAGA:
        (void)jn_saga_write(run, &group->sagas[member.at], NULL, error);
        break;
    case CHECKPOINT:
        (void)jn_group_write_checkpoint(run, &group->checkpoints[member.at], error);
        break;
    default:
        (void)jn_step_write(run, &group->steps[member.at], NULL, error);
    }
    run->broken = run->broken || !jangle_result_is(error->result, JANGLE_RESULT_PART);
    return error;
}

/* ---- a transaction ----------------------------------------------------------- */

/* Checkpoints alone are not synced: after a power failure their events are delivered
 * again. */
static enum jn_mode mode_of(const struct jangle_group *group)
{
    bool only_checkpoints =
        !group->append_count && !group->saga_count && !group->step_count;

    return only_checkpoints ? JN_MODE_NORMAL : JN_MODE_FULL;
}

static enum jangle_result begin_transaction(struct jn_run *run,
                                            struct jangle_error *error)
{
    enum jangle_result result;

    JN_FAILPOINT("commit.begin");
    result = jn_file_begin(run->file, mode_of(run->group), error);
    run->types_made = false;
    run->broken = false;
    if (result)
        return result;
    result = jn_head_find_to_write(run->file, &run->head, &run->epoch, error);
    if (!result && (run->head < 0 || run->head > JN_NUMBER_MAX))
        result =
            jn_fail(error, JANGLE_STORAGE, "%s: it is damaged: its last event is %lld",
                    run->file->path, (long long)run->head);
    if (result)
        jn_file_roll_back(run->file);
    return result;
}

/* Commit what was written. If a member broke the transaction, roll it back: `why` is the
 * error of that member. */
static enum jangle_result end_transaction(struct jn_run *run,
                                          const struct jangle_error *why,
                                          struct jangle_error *error)
{
    enum jangle_result result;

    JN_FAILPOINT("commit.written");
    if (run->broken) {
        jn_file_roll_back(run->file);
        return jn_fail(error, why->result, "%s", why->message);
    }
    result = jn_file_commit(run->file, error);
    if (!result)
        jn_head_note(run->file, run->head, run->epoch);
    return result;
}

static enum jangle_result run_together(struct jn_run *run, struct jangle_error *error)
{
    const struct jangle_group *group = run->group;
    const struct jangle_error *last = NULL;
    enum jangle_result result = begin_transaction(run, error);

    if (result)
        return result;
    for (struct member member = first_member(group); member.kind != NONE && !run->broken;
         member = next_member(group, member))
        last = run_member(run, member);
    return end_transaction(run, last, error);
}

static enum jangle_result
run_alone(struct jn_run *run, struct member member, struct jangle_error *error)
{
    enum jangle_result result = begin_transaction(run, error);

    return result ? result : end_transaction(run, run_member(run, member), error);
}

/* Each member has a transaction of its own. If none was stored, the result is the first
 * failure, but rather a failure of the store than a part that can never be stored. */
static enum jangle_result run_one_by_one(struct jn_run *run, struct jangle_error *error)
{
    const struct jangle_group *group = run->group;
    struct jangle_error failed = {0};
    bool any = false;

    run->one_by_one = true;
    for (struct member member = first_member(group); member.kind != NONE;
         member = next_member(group, member)) {
        struct jangle_error problem = {0};
        enum jangle_result result = run_alone(run, member, &problem);

        if (result == JANGLE_UNKNOWN)
            return jn_fail(error, result, "%s", problem.message);
        any = any || !result;
        if (result)
            fail_member(group, member, &problem);
        if (result && (!failed.result || failed.result == JANGLE_INVALID))
            failed = problem;
    }
    if (any || failed.result == JANGLE_INVALID)
        return JANGLE_OK; /* each part has its own result */
    return jn_fail(error, failed.result, "%s", failed.message);
}

/* After BUSY the members would be BUSY, too. After UNKNOWN nothing more may be written
 * before the fence. */
static enum jangle_result run_group(struct jn_run *run, struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result = run_together(run, &why);

    if (!result)
        return JANGLE_OK;
    if (result == JANGLE_UNKNOWN || result == JANGLE_BUSY)
        return jn_fail(error, result, "%s", why.message);
    return run_one_by_one(run, error);
}

/* ---- the group --------------------------------------------------------------- */

/* The group is stored: let its senders see where. */
static void publish(struct jn_run *run)
{
    run->group->epoch = run->epoch;
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

static void run_finish(struct jn_run *run)
{
    const struct jangle_allocator *allocator = &run->file->host->allocator;

    jn_free(allocator, run->outcomes);
    jn_free(allocator, run->assigned);
    jn_free(allocator, run->streams);
}

static bool
run_init(struct jn_run *run, struct jn_sqlite_store *store, struct jangle_group *group)
{
    const struct jangle_allocator *allocator = &store->file->host->allocator;
    size_t records = 0;
    size_t most = 0;

    *run = (struct jn_run){.store = store, .file = store->file, .group = group};
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
        run_finish(run);
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

    if (!run_init(&run, (struct jn_sqlite_store *)store, group))
        return jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory", file->path);
    result = jn_file_take_writer_lock(file, error);
    if (!result) {
        result = run_group(&run, error);
        if (!result)
            jn_stream_keep_numbers(&run);
        jn_file_release_writer_lock(file);
    }
    if (!result)
        publish(&run);
    run_finish(&run);
    return result;
}
