/* passwords.h - after two programs have had all kinds of trouble with their broker, no
 * line of their logs, no error and no figure holds a password, and none holds what stood
 * in a message. */
#ifndef BROKER_PASSWORDS_H
#define BROKER_PASSWORDS_H

#include <jangle/plugin/transport.h>

#include <stdbool.h>

/* A password that no broker knows, as it stands in a URL; and the body of a message. */
extern const char passwords_wrong[];
extern const char passwords_body[];

struct passwords_trial {
    const char *password;           /* of `right_url` */
    const char *right_url;          /* with which messages pass */
    const char *const *wrong_urls;  /* with a wrong password or none; ends with NULL */
    const char *const *bad_schemes; /* in front of "://", none of which can be opened with
                                       `path` behind the port "x"; ends with NULL */
    const char *path;
    const char *const *told; /* words that the trouble must have made known; ends with
                                NULL */

    /* `is_bad`: with options that are bad, too. */
    struct jangle_broker (*describe)(const char *url, bool is_bad);

    /* The broker is away; and it is back. */
    bool (*cut)(void *context);
    bool (*mend)(void *context);
    void *context;

    /* One more kind of trouble, whose error is told; may be NULL. */
    void (*more)(void *context, struct jangle_error *error);
};

/* Run the test. Returns how many failed. */
int passwords_try(const struct passwords_trial *trial);

#endif
