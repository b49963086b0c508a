import TandemBasics

extension GiftGenerator {
    /// The catalogue: 45 gifts, always the same.
    static let gifts: [Gift] = {
        var numbers: [String: Int] = [:]
        return catalogueText.split(separator: "\n").map { line in
            let parts = line.split(separator: "|").map { part in
                String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            }
            func words(_ part: Int) -> [String] {
                parts[part].split(separator: " ").map(String.init)
            }
            let ages = parts[4].split(separator: "-").compactMap { Int($0) }
            let number = numbers[parts[0], default: 0] + 1
            numbers[parts[0]] = number
            return Gift(
                id: "\(parts[0])_\(number)", name: parts[1], category: parts[0],
                price: Double(parts[2]) ?? 0, rating: Double(parts[3]) ?? 0, tags: words(5),
                ages: ages[0]...ages[1], occasions: words(6))
        }
    }()

    /// Category, name, price, rating, ages, tags, occasions.
    private static let catalogueText = """
        technology | Photo printer for telephones | 119.00 | 4.4 | 16-60 | photography tech creative | birthday graduation christmas
        technology | Reading lamp with daylight | 44.50 | 4.6 | 16-75 | reading practical smart | any
        technology | Wrist computer for runners | 229.00 | 4.7 | 18-65 | fitness health smart premium | birthday promotion fathers_day
        gardening | Herb bed for the window | 24.90 | 4.3 | 18-75 | natural organic cooking | mothers_day appreciation new_year
        gardening | Hand-forged pruning shears | 58.00 | 4.8 | 30-75 | practical quality traditional | fathers_day birthday
        gardening | Worm composter | 89.00 | 4.2 | 25-70 | sustainable eco-friendly natural | birthday new_year
        gardening | Greenhouse of cedar wood | 245.00 | 4.6 | 35-75 | premium natural outdoor | mothers_day wedding anniversary
        cooking | Set of spice seeds to grind | 19.50 | 4.5 | 18-75 | food unique natural | any
        cooking | Cast-iron pan | 64.00 | 4.8 | 20-75 | practical quality traditional | wedding christmas
        cooking | Pasta machine | 79.90 | 4.5 | 20-70 | creative quality food | birthday mothers_day wedding
        cooking | Japanese kitchen knife | 159.00 | 4.9 | 25-70 | luxury premium quality | fathers_day anniversary promotion
        books | Notebook bound in linen | 18.00 | 4.4 | 16-75 | creative practical writing | any
        books | Novel of the year, signed | 32.00 | 4.6 | 16-75 | reading unique classic | birthday christmas appreciation
        books | Atlas of forgotten places | 42.00 | 4.7 | 18-75 | travel educational learning | christmas birthday fathers_day
        books | Handbook for founders | 29.90 | 4.3 | 20-55 | business motivational educational | graduation promotion
        books | History of music in ten volumes | 139.00 | 4.5 | 30-75 | music timeless premium | anniversary christmas
        wellness | Tea for quiet evenings | 16.90 | 4.4 | 20-75 | natural relaxing organic | appreciation christmas
        wellness | Cork yoga mat | 54.00 | 4.7 | 16-65 | yoga sustainable fitness | birthday new_year
        wellness | Meditation cushion | 47.50 | 4.5 | 20-70 | meditation relaxing natural | mothers_day birthday
        wellness | Bath salts in a wooden box | 34.00 | 4.3 | 20-75 | self-care relaxing natural | mothers_day appreciation
        wellness | Massage chair cover | 179.00 | 4.4 | 35-75 | health luxury smart | anniversary fathers_day
        art | Watercolours in a tin | 38.50 | 4.7 | 16-75 | art creative artistic | birthday graduation
        art | Print by a young artist | 95.00 | 4.5 | 20-70 | art unique home_decor | wedding anniversary
        art | Pottery course at home | 69.00 | 4.4 | 18-65 | creative educational experience | birthday mothers_day
        art | Easel of beech wood | 149.00 | 4.6 | 18-75 | artistic quality traditional | christmas graduation
        fitness | Resistance bands | 27.50 | 4.4 | 16-60 | fitness practical active | new_year birthday
        fitness | Climbing shoes voucher | 99.00 | 4.5 | 16-45 | sports energetic outdoor | birthday graduation
        fitness | Rowing machine, folding | 290.00 | 4.6 | 20-60 | fitness health premium | new_year fathers_day
        outdoor | Steel flask for long walks | 31.00 | 4.6 | 16-75 | outdoor practical sustainable | any
        outdoor | Hammock for two | 75.00 | 4.5 | 16-55 | travel relaxing outdoor | birthday anniversary
        outdoor | Tent that stands in a minute | 199.00 | 4.4 | 18-60 | travel active outdoor | wedding fathers_day graduation
        home | Candle of beeswax | 22.00 | 4.5 | 20-75 | natural home_decor traditional | christmas appreciation
        home | Wool blanket | 84.00 | 4.8 | 25-75 | quality timeless sustainable | wedding mothers_day christmas
        home | Wall clock without numbers | 129.00 | 4.3 | 25-65 | modern trendy home_decor | wedding promotion
        food | Chocolate from one island | 14.50 | 4.7 | 16-75 | food sophisticated unique | any
        food | Olive oil and vinegar | 36.00 | 4.6 | 25-75 | cooking natural quality | appreciation wedding
        food | Cheese of the month, three months | 88.00 | 4.5 | 25-75 | food classic premium | fathers_day christmas
        food | Basket of the market | 125.00 | 4.4 | 30-75 | organic luxury food | anniversary mothers_day promotion
        experience | Evening at the theatre for two | 110.00 | 4.7 | 18-75 | entertainment music experience | anniversary birthday
        experience | Cooking class with a chef | 165.00 | 4.8 | 20-70 | cooking food experience | birthday wedding promotion
        experience | Balloon flight at sunrise | 280.00 | 4.9 | 18-65 | travel luxury experience | anniversary wedding graduation
        gaming | Board game for four evenings | 45.00 | 4.6 | 16-60 | gaming creative entertainment | christmas birthday
        gaming | Controller with levers of metal | 139.90 | 4.5 | 16-45 | gaming tech premium | birthday graduation
        fashion | Scarf of merino wool | 59.00 | 4.5 | 18-75 | classic timeless quality | christmas mothers_day
        fashion | Leather briefcase | 210.00 | 4.7 | 22-65 | professional business luxury | promotion graduation anniversary
        """
}
