"""Problems, medicines and allergies, edited item by item beside the chart."""
