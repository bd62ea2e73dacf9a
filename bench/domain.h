/* domain.h - a small world of accounts, which all rows of jangle share. */
#ifndef BENCH_DOMAIN_H
#define BENCH_DOMAIN_H

#include "bench.h"

#include <jangle/jangle.h>

/* Commands of an account. */
struct deposit {
    const char *account_id;
    int64_t amount;
};

struct fill { /* so many deposits at once */
    const char *account_id;
    int64_t count;
};

struct promise { /* gifts to so many other accounts at once */
    const char *account_id;
    int64_t count;
};

struct pay { /* what rows of commands send */
    const char *account_id;
};

struct pay_often { /* so many payments at once */
    const char *account_id;
    int64_t count;
};

/* Events of an account. */
struct deposited {
    int64_t amount;
    int64_t balance;
    int64_t entry; /* 1, 2, 3... in this account */
};

struct gift_promised {
    const char *gift_id;
    const char *to_id;
    int64_t amount;
};

struct paid { /* PAYLOAD_SIZE bytes as JSON */
    int64_t amount;
    int64_t balance;
    int64_t entry;
    const char *memo;
};

extern const struct jangle_message deposit, fill, promise, pay, pay_often;
extern const struct jangle_message deposited, gift_promised, paid;
extern const struct jangle_aggregate bench_account;
extern const struct jangle_subscriber balances_view; /* a row for each account */
extern const struct jangle_saga gift_saga; /* one turn for each gift: it deposits it */

/* The aggregate, and the store at work->path, for a row that adds what it needs; all else
 * is the default, or what environment variables say (jangle_config_from_env). And to open
 * what a row has described. */
struct jangle_config domain_config(const struct bench_work *work);
struct jangle *domain_start(const struct jangle_config *config);

/* Open the store at work->path with that view and that saga; each may be NULL. Nothing
 * runs in the background. In a fixed workload its clock goes by how often it is asked, so
 * that a slow machine, or a tool that counts, sees the same work as a fast one. It never
 * returns NULL: if it fails, it ends the program. */
struct jangle *domain_open(const struct bench_work *work,
                           const struct jangle_subscriber *view,
                           const struct jangle_saga *saga);
void domain_close(struct jangle *app);

/* Poll until nothing is left to do. */
void domain_settle(struct jangle *app);

/* Poll until the statistic at `of`, a member of jangle_stats, has grown by `count`; it
 * may be a little more, for a poll does several things. Returns by how much it grew. */
int64_t domain_poll(struct jangle *app, size_t of, int64_t count);

/* Send it, and end the program if it is not OK. */
#define domain_send(app, command, ...)                                                   \
    domain_check(app, &command, &(const struct command){__VA_ARGS__})
void domain_check(struct jangle *app,
                  const struct jangle_message *command,
                  const void *data);

#endif
