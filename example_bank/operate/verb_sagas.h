/* verb_sagas.h - verbs of verb_sagas.c: transfers and requests that are not over. Each
 * returns the exit status. */
#ifndef BANK_VERB_SAGAS_H
#define BANK_VERB_SAGAS_H

#include "cli/options.h"

int verb_sagas(const struct options *options);
int verb_sagas_show(const struct options *options);
int verb_sagas_retry(const struct options *options);
int verb_sagas_resume(const struct options *options);
int verb_sagas_finish(const struct options *options);

#endif
