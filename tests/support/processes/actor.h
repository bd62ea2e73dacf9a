/* actor.h - a process of its own with an instance of the purses in it, which does what it
 * is told, a line at a time, and answers each line with one.
 *
 *     actor_ask(&one, "put 7 3")   three coins into purse 7: "OK 12", the last position
 *
 * All have one file, and two subscribers: "shown", a view with a row an event, and "it",
 * whose handler writes to a common diary. Actors are started before this process opens
 * any file of SQLite's: locks do not survive a fork. */
#ifndef ACTOR_H
#define ACTOR_H

#include "support/test.h"

#include <sys/types.h>

enum { ACTOR_LINE = 300 };

struct actor {
    pid_t process;
    int to, from;
    char line[ACTOR_LINE]; /* its last answer */
};

/* In this directory are the store, its view, and the diary. */
void actor_start(struct actor *actor, const char *directory);

/* Tell it something; hear its answer, or what it says in between; both. What is heard
 * lives until it is heard again. It fails the test if the actor is gone.
 *
 *     open [plain] [follower] [faulty] [workers N]   "OK", or the error
 *     close                       "OK"
 *     put ID COUNT                commands: "OK POSITION" of the last
 *     take ID AMOUNT              "OK POSITION", "REJECTED there are only 5"
 *     look ID                     "OK REPLY"
 *     strike WEIGHT               a coin: another type, another stream
 *     name ID NAME                a name that no other has
 *     poll                        until nothing is left: "OK", or the error
 *     flush                       what is pending of checkpoints: "OK"
 *     wait SUBSCRIBER POSITION MS "OK", "TIMEOUT"
 *     where SUBSCRIBER            "here POSITION LAG", "elsewhere POSITION LAG"
 *     shown ID                    "ROWS DIFFERENT": of the view, by a query
 *     stream KIND ID              "1:put_in 4:..": positions and types, as stored
 *     mix COUNT                   a command and a poll, so often: "OK"
 *     race NUMBER                 commands until none is left (below): "COUNT"
 *     stop decide|it|shown        next time there: it says "stopped", goes on after "go"
 *     room BYTES                  on a faulty disk; "unsynced": the next commit is
 * UNKNOWN */
void actor_tell(struct actor *actor, const char *format, ...) JANGLE_PRINTF(2, 3);
const char *actor_hear(struct actor *actor);
const char *actor_ask(struct actor *actor, const char *format, ...) JANGLE_PRINTF(2, 3);

/* It answers so. */
#define actor_assert(actor, answer, ...)                                                 \
    assert_string_equal(actor_ask(actor, __VA_ARGS__), answer)

/* Another way to go: dead before this returns; stopped before this returns. */
void actor_kill(struct actor *actor);
void actor_freeze(struct actor *actor);
void actor_thaw(struct actor *actor);

/* Close what it has open, and end. Harmless when it is gone. */
void actor_finish(struct actor *actor);

/* ---- what they share --------------------------------------------------------- */

/* Commands that are left in a race: common to this process and the actors it starts
 * afterwards. */
void actor_set_race(int64_t commands);

/* ---- the diary: what handlers of "it" did ------------------------------------ */

struct diary {
    int64_t begun, ended; /* calls */
    int64_t events;       /* different ones that were handled to the end */
    int64_t repeated;     /* handled to the end more than once */
    int64_t overlaps;     /* calls that began while another process was in one */
    int64_t steps_back;   /* calls for an event before the last one */
    int writers;          /* processes that have been in it */
};

/* Who died is in its last call no more. */
struct diary
actor_read_diary(const char *directory, const pid_t *dead, size_t dead_count);

#endif
