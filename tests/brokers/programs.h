/* programs.h - the two programs of exchange.h as processes of their own, with a broker
 * between them. A test kills, stops and starts them; they tell it through pipes how far
 * they are. */
#ifndef BROKER_PROGRAMS_H
#define BROKER_PROGRAMS_H

#include "brokers/broker.h"
#include "support/domains/exchange.h"

#include <sys/types.h>

enum { PROGRAMS_MAX = 3 };

struct program {
    bool takes;      /* or it sends the commands first, first + step... below `count` */
    int first, step; /* of a sender */
    int64_t done;    /* commands that were answered; or events that are stored */
    int64_t cut_at;  /* the power goes at that change of its disk; 0: never */
    int cuts;        /* how often it went */
    pid_t process;
    int told;  /* a pipe, from which the test reads */
    int until; /* a pipe: a byte in it, and the program closes its store and ends */
};

struct programs {
    struct neighbours both;
    int count;                        /* of commands */
    struct program all[PROGRAMS_MAX]; /* the taker first, then the senders */
    size_t program_count;
    int (*draw_cut)(bool takes); /* where the power of a program goes next; 0: nowhere.
                              NULL: it never goes */
};

/* Two files, and empty queues at the broker; with one or two senders, on one file. They
 * run. */
void programs_begin(struct programs *programs,
                    const struct tested_broker *broker,
                    int count,
                    int senders,
                    int (*draw_cut)(bool takes));

/* Wait until a program tells something. A program whose power went is started again. */
void programs_listen(struct programs *programs);

/* How much they have done, all together: at last three times as much as there are
 * commands, because each becomes an event here, and an event and a command there. */
int64_t programs_progress(const struct programs *programs);
int64_t programs_goal(const struct programs *programs);

/* As kill -9 does; and start it again. */
void programs_kill(struct programs *programs, struct program *program);

/* Let all of them end, and compare the files. */
void programs_assert_whole(struct programs *programs);

/* Remove the files; and kill whoever still runs, because the test has failed. */
void programs_finish(struct programs *programs);

#endif
