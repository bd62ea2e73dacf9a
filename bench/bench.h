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
};

struct bench_row;

/* One round of one row, from its set-up to its tear-down. */
struct bench_work {
    const struct bench_row *row;
    const char *path; /* of a database; the driver removes its folder after the round */
    double seconds;   /* how long the run of a rate lasts */
    int64_t count;    /* operations that the run does; 0: it is a rate */
    int64_t room;     /* operations that its set-up prepares, which is never less */
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

enum { BENCH_BESIDE = 2 };

struct bench_row {
    const char *name;  /* what --only and --against know it by */
    const char *group; /* which --only knows, too; no row is called like a group */
    const char *summary;
    const char *unit;                 /* of what there are so many a second: "commands" */
    const char *beside[BENCH_BESIDE]; /* rows that its rate is divided by; or NULL */
    enum bench_kind kind;
    int64_t count;        /* of a fixed workload: operations in a round; messages */
    int64_t counted;      /* of a rate that can do so many operations, too, the same every
                             time and on one thread: then tools count it. 0: it cannot */
    int size;             /* what the rows of one file differ in: threads, inserts */
    bool only_when_named; /* it runs if --only names it or its group, and never else */
    enum bench_broker broker; /* that the driver starts for it */
    void (*set_up)(struct bench_work *work);
    void (*run)(struct bench_work *work); /* this is what is timed, and counted */
    void (*tear_down)(struct bench_work *work);
};

/* How many operations tools count in one process; 0: they cannot count this row. */
int64_t bench_counted(const struct bench_row *row);

/* What the set-up of a rate prepares: `full`, or what tools need, or less if the run
 * lasts less than a second. */
int64_t bench_prepared(const struct bench_work *work, int64_t full);

double bench_now(void);        /* seconds of a clock that only goes forward */
int64_t bench_syncs(void);     /* since the program began */
void *bench_new(size_t bytes); /* cleared memory; for free() */

/* Say a sentence on stderr and end the program with status 1. `why` may be NULL. */
_Noreturn void bench_die(const char *what, const char *why);

#endif
