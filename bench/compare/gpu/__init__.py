"""What runs networks on a GPU, ours and others', for bench/compare and scripts/gpu. Where there is no GPU, all
but the clock does its work on the CPU."""
