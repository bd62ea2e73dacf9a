/* contract.h - the parts of the views' contract, as it is split into files. */
#ifndef VIEW_CONTRACT_H
#define VIEW_CONTRACT_H

#include "contract/view/world.h"

int view_open_contract(const struct backend *backend);
int view_batch_contract(const struct backend *backend);
int view_handler_contract(const struct backend *backend);
int view_cannot_contract(const struct backend *backend);
int view_check_contract(const struct backend *backend);
int view_ask_contract(const struct backend *backend);
int view_ask_inside_contract(const struct backend *backend);
int view_rebuild_contract(const struct backend *backend);
int view_compare_contract(const struct backend *backend);

#endif
