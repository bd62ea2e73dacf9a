/* messages.h - points for money: what the bank says, as far as we read it, and our own
 * commands, events and query. */
#ifndef LOYALTY_MESSAGES_H
#define LOYALTY_MESSAGES_H

#include <jangle/message.h>

/* ---- of the bank ----------------------------------------------------------------- */

struct money_moved {
    const char *account_id;
    const char *kind; /* "deposit", "withdrawal" */
    int64_t amount;   /* cents; negative if the money left the account */
};

extern const struct jangle_message money_moved;

/* ---- ours ------------------------------------------------------------------------ */

struct award_points {
    const char *member_id; /* is called like the account */
    int64_t points;
};

struct points_awarded {
    int64_t points;
    int64_t total; /* of this member, so far */
};

struct bonus_earned {
    int64_t amount; /* cents */
};

extern const struct jangle_message award_points, points_awarded, bonus_earned;

struct list_members {
    int64_t at_least; /* points */
};

struct member_line {
    const char *member_id;
    int64_t points;
    int64_t moved; /* cents, in and out */
};

struct member_lines {
    struct member_line *items;
    size_t count;
};

struct member_list {
    struct member_lines members;
};

extern const struct jangle_message list_members, member_line, member_list;

#endif
