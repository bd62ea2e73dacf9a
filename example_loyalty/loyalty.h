/* loyalty.h - the parts of a program that lives on what a bank says. */
#ifndef LOYALTY_LOYALTY_H
#define LOYALTY_LOYALTY_H

#include <jangle/jangle.h>

extern const struct jangle_aggregate member_aggregate; /* member.c */
extern const struct jangle_consumer from_bank;         /* bank.c */
extern const struct jangle_publisher to_bank;          /* bank.c */
extern const struct jangle_subscriber bonus_payer;     /* bank.c */
extern const struct jangle_subscriber points_view;     /* points_view.c */

/* Open the program's file, which is made if there is none. With `workers` threads, and
 * one more for each publisher and consumer. */
struct jangle *loyalty_open(const char *path,
                            int workers,
                            struct jangle_broker broker,
                            struct jangle_error *error);

/* Open a file only to ask what is in it, also while another process serves. */
struct jangle *loyalty_open_to_ask(const char *path, struct jangle_error *error);

#endif
