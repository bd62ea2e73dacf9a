/* round.h - a round: appends and commands that are committed in one group, so that many
 * messages cost one fsync.
 *
 * The commands of a round are for different aggregates, whose locks the round holds from
 * the first decision to the commit. While it holds one, it waits for no other: a command
 * whose aggregate is busy is left for a later round. So no two rounds, and no round and
 * no command, wait for each other. */
#ifndef JN_ROUND_H
#define JN_ROUND_H

#include "command/attempt.h"

struct jn_round_command; /* one command of it */

struct jn_round {
    struct jangle *jangle;
    struct jangle_arena *arena;
    struct jn_ticket *tickets;          /* what is committed... */
    struct jn_round_command **commands; /* ...for this command; NULL: for none */
    size_t count, limit;
    size_t bytes; /* of what is committed: jn_commit_append_bytes */
    struct jangle_checkpoint *checkpoints; /* of logs: stored only if all appends of the
                                              round are; may be NULL. Their errors say how
                                              that went */
    size_t checkpoint_count;
};

/* An empty round, in the arena, for at most `limit` appends and commands, which is no
 * more than config.group_count. NO_MEMORY; then there is nothing to finish. */
enum jangle_result jn_round_init(struct jn_round *round,
                                 struct jangle *jangle,
                                 struct jangle_arena *arena,
                                 size_t limit,
                                 struct jangle_error *error);
void jn_round_finish(struct jn_round *round);

/* Has it no room for more: is it at its limit, or at config.group_bytes? It may have more
 * bytes than that by the last append that was added, because a command's are not known
 * before it is decided. */
bool jn_round_is_full(const struct jn_round *round);

/* Add an append. Its ticket has the outcome after the commit. The round is not full. */
struct jn_ticket *jn_round_append(struct jn_round *round,
                                  const struct jangle_append *append);

/* A command of a message: sent under an id, with the fingerprint of the message in place
 * of the command's own. */
struct jn_round_order {
    struct jangle_envelope envelope;
    bool remembers; /* the id is stored also if the answer is a refusal, or
    stores nothing */
    const struct jangle_message *type;
    const void *data;
    unsigned char fingerprint[JN_HASH_SIZE];
    const char *sender; /* the consumer that has received the message */
};

/* Decide a command, and add it. RETRY: its aggregate is busy, and it was not added. Any
 * other result than OK: the store or the memory failed, and it was not added; STORAGE if
 * what is stored cannot be read. OK: *outcome lies in the arena, and has the answer after
 * the commit. The round is not full. */
enum jangle_result jn_round_send(struct jn_round *round,
                                 const struct jn_round_order *order,
                                 struct jangle_outcome **outcome,
                                 struct jangle_error *error);

/* Commit all that was added. A command that met a conflict is then sent again by itself.
 * Fails if the queue is full, or without memory: then nothing was stored, and each
 * outcome says so, too. */
enum jangle_result jn_round_commit(struct jn_round *round, struct jangle_error *error);

#endif
