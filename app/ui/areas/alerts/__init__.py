"""What wants attention: alerts by severity and age, with what raised them."""
