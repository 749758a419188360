"""Many photos at once: files or one ZIP in, scored by the workers piece by piece, a grid and a CSV file out."""
