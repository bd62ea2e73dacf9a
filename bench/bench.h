/* bench.h - what a row of the benchmark is, and what the driver does for it. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The figures of one round of one row. A row sets `count`; the driver sets the rest,
 * unless the row has set it. */
struct bench_sample {
    int64_t count;    /* operations that were done: commands, inserts, events... */
    int64_t syncs;    /* calls of fsync and fdatasync during the run */
    int64_t bytes;    /* of the file at `path` after the tear-down; 0: there is none */
    double seconds;   /* how long the run took */
    double longest;   /* seconds that one operation took; 0: nobody has looked */
    double share;     /* the part of all commits that the process with the fewest made; 1:
                         alone */
    double processor; /* seconds of processor time that this process used for the run */
    double typical;   /* seconds that half of the operations took at most; 0: nobody has
                         looked */
    double rare;      /* the same of 99 in a hundred */
    double rarest;    /* the same of 999 in a thousand */
    double fairness; /* what the slowest thread did, as a part of what the fastest did; 0:
                        nobody has looked */
    double hits;     /* the part of all states that were in memory; below 0: nobody has
                        looked */
    double stolen;   /* the part of the processors' time that the machine's host took */
    double value;    /* what else this row is about; its target says what that is */
    int64_t written; /* bytes that this process has written to files during the run */
};

struct bench_row;
struct peer;

/* One round of one row, from its set-up to its tear-down. */
struct bench_work {
    const struct bench_row *row;
    const char *path; /* of a database; the driver removes its folder after the round */
    double seconds;   /* how long the run of a rate lasts */
    int64_t count;    /* operations that the run does; 0: it is a rate */
    int64_t room;     /* operations that its set-up prepares, which is never less */
    int64_t stored;   /* events that must be in the file after the tear-down, because they
                         were acknowledged; 0: the file is not looked at */
    void *state;      /* the row's own: set-up makes it, tear-down frees it */
    struct bench_sample sample;
};

enum bench_kind {
    BENCH_RATE,  /* the run repeats its operation until `seconds` are over */
    BENCH_FIXED, /* the run does `count` operations, the same every time, on one thread */
    BENCH_MESSAGES /* the run carries `count` messages, beside other threads and programs
                    */
};

/* Brokers that the driver starts for rows that need one (broker.h). */
enum bench_broker {
    BENCH_ALONE, /* none */
    BENCH_RABBITMQ,
    BENCH_NATS,
    BENCH_REDIS,
    BENCH_KAFKA,
    BENCH_BROKERS
};

enum { BENCH_BESIDE = 3 };

struct bench_row {
    const char *name;  /* what --only and --against know it by */
    const char *group; /* which --only knows, too; no row is called like a group */
    const char *summary;
    const char *unit;                 /* of what there are so many a second: "commands" */
    const char *beside[BENCH_BESIDE]; /* rows that its rate is divided by; or NULL */
    /* Rows of one set are run one right after the other, between two looks at the disk
     * (noise.h); who asks for one of them gets those beside it, too. Before the set-up of
     * such a row syncs are switched off, and after it what it wrote is synced. NULL: all
     * rows without a set take turns. */
    const char *set;
    enum bench_kind kind;
    int64_t count;        /* of a fixed workload: operations in a round; messages */
    int64_t counted;      /* of a rate that can do so many operations, too, the same every
                             time and on one thread: then tools count it. 0: it cannot */
    int size;             /* what the rows of one file differ in: threads, inserts */
    const void *plan;     /* the same, if it is more than a number */
    bool only_when_named; /* it runs if --only names it or its group, and never else */
    bool only_with_all;   /* the same, or with --all: it takes minutes */
    bool warm;            /* its run goes before, too, for a while that is not measured */
    enum bench_broker broker; /* that the driver starts for it */
    const struct peer *peer;  /* what is measured in place of jangle (peers/peer.h); with
                                 --peers it runs if a row runs that it is beside. NULL */
    void (*set_up)(struct bench_work *work);
    void (*run)(struct bench_work *work); /* this is what is timed, and counted */
    void (*tear_down)(struct bench_work *work);
};

/* How many operations tools count in one process; 0: they cannot count this row. */
int64_t bench_counted(const struct bench_row *row);

/* What the set-up of a rate prepares: `full`, or what tools need, or less if the run
 * lasts less than a second. */
int64_t bench_prepared(const struct bench_work *work, int64_t full);

double bench_now(void);       /* seconds of a clock that only goes forward */
double bench_processor(void); /* seconds of processor time that this process has used */
int64_t bench_syncs(void);    /* since the program began */

/* Has an answer waited for the disk? `mark` is what bench_syncs_begun returned before the
 * question: true if a sync that began after that has ended. */
int64_t bench_syncs_begun(void);
bool bench_synced_since(int64_t mark);

/* From now on a sync goes to the disk, or takes so many microseconds and does nothing
 * else: none at all while a row is set up. */
enum { SYNC_REAL = -1, SYNC_NONE = 0 };
void bench_sync_as(int microseconds);

/* As the run of a row is to have it: real, unless --sync-us was given. */
void bench_sync_for_run(void);
void bench_sync_choose(int microseconds);

/* Sync the database at this path, because what was written without syncs would burden the
 * first one that follows. */
void bench_settle(const char *path);

void *bench_new(size_t bytes); /* cleared memory; for free() */

/* Say a sentence on stderr and end the program with status 1. `why` may be NULL. */
_Noreturn void bench_die(const char *what, const char *why);

#endif
