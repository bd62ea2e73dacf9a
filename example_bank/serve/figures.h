/* figures.h - what the bank's publisher and consumer have done so far, as lines. */
#ifndef BANK_FIGURES_H
#define BANK_FIGURES_H

#include <jangle/jangle.h>

enum { FIGURES_SIZE = 600 };

/* Write a line for the publisher and one for the consumer. False: the figures cannot be
 * read; unless the bank is being stopped, a sentence on stderr has said why. */
bool figures_write(struct jangle *bank, char text[FIGURES_SIZE]);

#endif
