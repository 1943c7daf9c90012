/* SPDX-License-Identifier: MPL-2.0 */
#include <zephyr/cache.h>
#define LOG_MODULE_REGISTER(...) struct dmacheck_unused
#define LOG_ERR(...)		 ((void)0)
#define LOG_WRN(...)		 ((void)0)
#define LOG_INF(...)		 ((void)0)
#define LOG_DBG(...)		 ((void)0)
