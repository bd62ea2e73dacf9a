/* purse.h - a small domain for scenarios: purses that money goes into and out of. */
#ifndef PURSE_H
#define PURSE_H

#include <jangle/jangle.h>

/* Commands. */

struct put_in {
    const char *purse_id;
    int64_t amount;
};

struct take_out {
    const char *purse_id;
    int64_t amount;
};

struct look_in {
    const char *purse_id;
};

/* Gives the purse a name that no other has. */
struct name_purse {
    const char *purse_id;
    const char *name;
};

/* Tells the guild, and changes nothing here. */
struct report_purse {
    const char *purse_id;
};

/* To the one fixed mint. */
struct strike_coin {
    int64_t weight;
};

/* Decided wrongly in a chosen way, to see it refused. */
struct misbehave {
    const char *purse_id;
    const char *how;
};

extern const struct jangle_message put_in, take_out, look_in, name_purse, report_purse;
extern const struct jangle_message strike_coin, misbehave;

/* Events. */

struct coins_put_in {
    int64_t amount;
    int64_t total;
};

struct coins_taken_out {
    int64_t amount;
    int64_t total;
};

struct purse_named {
    const char *name;
};

struct name_taken {
    const char *purse_id;
};

struct purse_reported {
    const char *purse_id;
    int64_t total;
};

struct coin_struck {
    int64_t weight;
};

extern const struct jangle_message coins_put_in, coins_taken_out, purse_named, name_taken;
extern const struct jangle_message purse_reported, coin_struck;

/* State. */

struct purse_state {
    int64_t total;
    const char *name;
};

extern const struct jangle_message purse_state;
extern const struct jangle_aggregate purse_aggregate, guild_aggregate, names_aggregate;
extern const struct jangle_aggregate mint_aggregate;

/* All four. */
extern const struct jangle_aggregates purse_aggregates;

#endif
