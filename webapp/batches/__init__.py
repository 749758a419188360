"""Many questions at once: a CSV file in, scored by the workers piece by piece, a table and a CSV file out."""
