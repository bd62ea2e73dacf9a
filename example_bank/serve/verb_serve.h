/* verb_serve.h - the verb serve: publish and consume until Ctrl-C. */
#ifndef BANK_VERB_SERVE_H
#define BANK_VERB_SERVE_H

#include "cli/options.h"

extern const struct verb_table serve_verbs;

#endif
