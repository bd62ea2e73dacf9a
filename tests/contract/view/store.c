/* store.c - the whole contract of include/jangle/plugin/view_store.h. */
#include "contract/view/contract.h"

int view_store_contract(const struct backend *backend)
{
    return view_open_contract(backend) + view_batch_contract(backend) +
           view_handler_contract(backend) + view_cannot_contract(backend) +
           view_check_contract(backend) + view_ask_contract(backend) +
           view_ask_inside_contract(backend) + view_rebuild_contract(backend) +
           view_compare_contract(backend);
}
