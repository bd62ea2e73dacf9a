/* talk.h - what the bank says to other programs, and what it takes from them. */
#ifndef BANK_TALK_H
#define BANK_TALK_H

#include <jangle/messaging.h>

extern const struct jangle_publisher bank_news;
extern const struct jangle_consumer bank_counter;

#endif
