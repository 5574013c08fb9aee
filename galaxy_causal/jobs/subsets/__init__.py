"""What does every subset of the inputs tell, and what is each input worth?"""
