/* SPDX-License-Identifier: MPL-2.0 */
/* lwIP 2.2 includes it, and uses nothing of it as it is built here. */
