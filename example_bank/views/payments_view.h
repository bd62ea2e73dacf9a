/* payments_view.h - the view that shows how far each payment has come: its question, its
 * answer. A payment is a transfer or a request. */
#ifndef BANK_PAYMENTS_VIEW_H
#define BANK_PAYMENTS_VIEW_H

#include <jangle/subscriber.h>

/* All transfers and requests from or to an account. */
struct get_payments {
    const char *account_id;
};

struct payment_line {
    const char *transaction_id;
    jangle_time at;
    const char *from_id;
    const char *to_id;
    int64_t amount;
    const char *state;  /* in words: "debited", "credited", "rolled back"... */
    const char *reason; /* why it failed or was rolled back; or "" */
};

struct payment_lines {
    struct payment_line *items;
    size_t count;
};

struct account_payments {
    const char *account_id;
    struct payment_lines transfers; /* the oldest first */
    struct payment_lines requests;
};

extern const struct jangle_message get_payments, payment_line, account_payments;
extern const struct jangle_subscriber payments_view;

#endif
