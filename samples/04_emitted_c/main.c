/* Runs a network that ockham-convert wrote as C on an image of zeros, and prints its scores. No
 * library, no file, no allocation.
 *
 *   emitted_c
 */
#include <stdio.h>

#include "network.h"

int main(void) {
  static const float image[NETWORK_IMAGE_FLOATS];
  static float workspace[NETWORK_WORKSPACE_BYTES / sizeof(float)];
  float scores[NETWORK_FC2_FLOATS];
  network_run_in(workspace, image, scores);
  for (int i = 0; i < NETWORK_FC2_FLOATS; ++i) printf("%g\n", (double)scores[i]);
  return 0;
}
